package keda

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"prewarm/deploy/keda/externalscaler"
	"prewarm/shared/event"
)

// Metric is the name of the one metric that KEDA reads. Its value is the wanted
// replicas and its target is 1 per replica, so that the HPA that KEDA creates
// computes just the wanted replicas.
const Metric = "prewarm_wanted_replicas"

// functionKey is the entry of a trigger's metadata that names the function. It is
// needed only if the ScaledObject has another name than the function.
const functionKey = "function"

// Service implements KEDA's external scaler protocol. gRPC drops the answer of a method
// that returns an error, and KEDA then keeps the replicas.
type Service struct {
	externalscaler.UnimplementedExternalScalerServer
	cache   *Cache
	metrics *metrics
	closing <-chan struct{} // ends the streams
}

// IsActive reports whether a function should have replicas. KEDA polls it, and scales
// from and to zero by it.
func (s *Service) IsActive(_ context.Context, ref *externalscaler.ScaledObjectRef) (*externalscaler.IsActiveResponse, error) {
	active, err := s.active(ref)
	return &externalscaler.IsActiveResponse{Result: active}, err
}

// active is IsActive with an error of gRPC.
func (s *Service) active(ref *externalscaler.ScaledObjectRef) (bool, error) {
	name, err := function(ref)
	if err != nil {
		return false, err
	}
	active, err := s.cache.Active(name)
	return active, toStatus(err)
}

// StreamIsActive sends whether a function should have replicas, at once and at each
// change. It sends nothing while that is unknown. The stream brings a function up
// from zero without waiting for KEDA's next poll.
func (s *Service) StreamIsActive(ref *externalscaler.ScaledObjectRef, stream externalscaler.ExternalScaler_StreamIsActiveServer) error {
	if _, err := function(ref); err != nil {
		s.metrics.count("StreamIsActive", err)
		return err
	}
	var last *bool
	for {
		changed := s.cache.Changed()
		if active, err := s.active(ref); err == nil && (last == nil || *last != active) {
			err := stream.Send(&externalscaler.IsActiveResponse{Result: active})
			s.metrics.count("StreamIsActive", err)
			if err != nil {
				return err
			}
			last = &active
		}
		select {
		case <-changed:
		case <-s.closing:
			return nil
		case <-stream.Context().Done():
			return nil
		}
	}
}

// GetMetricSpec returns the metric and its target per replica.
func (s *Service) GetMetricSpec(_ context.Context, ref *externalscaler.ScaledObjectRef) (*externalscaler.GetMetricSpecResponse, error) {
	_, err := function(ref)
	return &externalscaler.GetMetricSpecResponse{MetricSpecs: []*externalscaler.MetricSpec{
		{MetricName: Metric, TargetSize: 1, TargetSizeFloat: 1},
	}}, err
}

// GetMetrics returns the wanted replicas. The HPA scales between one and more replicas by
// it.
func (s *Service) GetMetrics(_ context.Context, req *externalscaler.GetMetricsRequest) (*externalscaler.GetMetricsResponse, error) {
	wanted, err := s.wanted(req)
	return &externalscaler.GetMetricsResponse{MetricValues: []*externalscaler.MetricValue{
		{MetricName: Metric, MetricValue: int64(wanted), MetricValueFloat: float64(wanted)},
	}}, err
}

// wanted returns the wanted replicas of the function of a request, or an error of gRPC.
func (s *Service) wanted(req *externalscaler.GetMetricsRequest) (int, error) {
	if req.GetMetricName() != Metric {
		return 0, status.Errorf(codes.InvalidArgument, "the metric must be %s, was: %.100q", Metric, req.GetMetricName())
	}
	name, err := function(req.GetScaledObjectRef())
	if err != nil {
		return 0, err
	}
	wanted, err := s.cache.Wanted(name)
	return wanted, toStatus(err)
}

// function returns the function (name.namespace) that a ScaledObject scales.
func function(ref *externalscaler.ScaledObjectRef) (string, error) {
	name := fmt.Sprintf("%s.%s", ref.GetName(), ref.GetNamespace())
	if named := ref.GetScalerMetadata()[functionKey]; named != "" {
		name = named
	}
	if err := event.CheckFunction(name); err != nil {
		return "", status.Error(codes.InvalidArgument, err.Error())
	}
	return name, nil
}

// toStatus maps the errors of the cache to gRPC codes: FailedPrecondition if KEDA does not
// scale the function, Unavailable if a later request may succeed.
func toStatus(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotOurs):
		return status.Error(codes.FailedPrecondition, err.Error())
	}
	return status.Error(codes.Unavailable, err.Error())
}
